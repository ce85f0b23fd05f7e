/** IoT Hub's regions: the names that Tencent's device SDKs use in `device_info.json`, here used everywhere. */
export const regions = ["china", "us-east", "europe", "ap-bangkok"] as const;
export type Region = (typeof regions)[number];

/** The cloud API's own names of them, for X-TC-Region. */
export const apiRegions: Readonly<Record<Region, string>> = {
  china: "ap-guangzhou",
  "us-east": "na-ashburn",
  europe: "eu-frankfurt",
  "ap-bangkok": "ap-bangkok",
};

/** What else people call them: by the API's names, the console's words, the country. Only for hints. */
export const regionSynonyms: Readonly<Record<string, Region>> = {
  ...Object.fromEntries(
    ["ap-guangzhou", "guangzhou", "cn", "chn", "mainland", "ap-beijing", "ap-shanghai", "ap-chengdu"].map(
      toRegion("china"),
    ),
  ),
  ...Object.fromEntries(
    ["na-ashburn", "ashburn", "us", "usa", "na", "america", "virginia", "us-east-1"].map(toRegion("us-east")),
  ),
  ...Object.fromEntries(["eu-frankfurt", "frankfurt", "eu", "eur", "germany", "de"].map(toRegion("europe"))),
  ...Object.fromEntries(["bangkok", "thailand", "th"].map(toRegion("ap-bangkok"))),
};

function toRegion(region: Region): (name: string) => [string, Region] {
  return (name) => [name, region];
}
